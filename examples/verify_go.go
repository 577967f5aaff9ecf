// Package bpoc checks that a webhook really comes from BPOC. Go 1.18 or newer, nothing to install.
// rawBody is the body exactly as it arrived: io.ReadAll(request.Body), before json.Unmarshal.
package bpoc

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const toleranceSeconds = 300

// VerifyWebhook checks the three webhook-* headers (Standard Webhooks). It returns nil, or an error with the reason.
func VerifyWebhook(rawBody []byte, headers http.Header, secret string) error {
	id, timestamp := headers.Get("webhook-id"), headers.Get("webhook-timestamp")
	signatures := headers.Get("webhook-signature")
	if id == "" || timestamp == "" || signatures == "" {
		return errors.New("a webhook-* header is missing")
	}

	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return errors.New("this is not a secret of BPOC")
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(rawBody)
	expected := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	// During a rotation there are two signatures; one match is enough.
	fits := false
	for _, given := range strings.Split(signatures, " ") {
		fits = hmac.Equal([]byte(given), expected) || fits
	}
	if !fits {
		return errors.New("the signature does not fit: wrong secret, or the body was changed")
	}

	sent, err := strconv.ParseInt(timestamp, 10, 64)
	age := time.Now().Unix() - sent
	if err != nil || age > toleranceSeconds || age < -toleranceSeconds {
		return errors.New("too old, or a clock is wrong")
	}
	return nil
}

// VerifySignatureHeader is only for use if no other header can be read: it checks X-Webhook-Signature alone, so a
// replayed request passes.
func VerifySignatureHeader(rawBody []byte, signature, secret string) bool {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(rawBody)
	return hmac.Equal([]byte(signature), []byte("sha256="+hex.EncodeToString(mac.Sum(nil))))
}
