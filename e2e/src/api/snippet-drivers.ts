import type { Requirement } from '../support/requirements.js';

/*
 * Small programs around the snippets. They read lines (body in base64, secret, another secret, id, time, signature, an
 * old time, its signature, x-webhook-signature) and write one line for each check: valid; valid with a second signature
 * before it; another secret; a changed body; no headers; the old time; then x-webhook-signature valid, with another
 * secret, and absent.
 */

export interface Driver {
  requirement: Requirement;
  /** The file of examples/. */
  snippet: string;
  files: Record<string, string>;
  build?: readonly (readonly string[])[];
  run: readonly [string, ...string[]];
  /** A command that succeeds if the language is installed. */
  find: readonly [string, ...string[]];
}

const PHP = String.raw`<?php
require 'verify_php.php';
[$body, $secret, $wrong, $id, $time, $sig, $old, $oldSig, $simple] = explode("\n", trim(stream_get_contents(STDIN)));
$body = base64_decode($body);
function attempt($body, $id, $time, $sig, $secret) {
    $headers = array_filter(['webhook-id' => $id, 'webhook-timestamp' => $time, 'webhook-signature' => $sig]);
    try {
        return is_array(verify_webhook($body, $headers, $secret)) ? 'ok' : 'no message';
    } catch (RuntimeException $error) {
        return $error->getMessage();
    }
}
echo implode("\n", [
    attempt($body, $id, $time, $sig, $secret),
    attempt($body, $id, $time, "v1,AAAA $sig", $secret),
    attempt($body, $id, $time, $sig, $wrong),
    attempt("$body ", $id, $time, $sig, $secret),
    attempt($body, '', '', '', $secret),
    attempt($body, $id, $old, $oldSig, $secret),
    json_encode(verify_signature_header($body, $simple, $secret)),
    json_encode(verify_signature_header($body, $simple, $wrong)),
    json_encode(verify_signature_header($body, null, $secret)),
]), "\n";
`;

const RUBY = String.raw`
require_relative "verify_ruby"
body, secret, wrong, id, time, sig, old, old_sig, simple = STDIN.read.split("\n")
body = body.unpack1("m")
def attempt(body, id, time, sig, secret)
  headers = { "webhook-id" => id, "webhook-timestamp" => time, "webhook-signature" => sig }.compact
  BpocWebhook.verify(body, headers, secret).is_a?(Hash) ? "ok" : "no message"
rescue ArgumentError => error
  error.message
end
puts attempt(body, id, time, sig, secret)
puts attempt(body, id, time, "v1,AAAA #{sig}", secret)
puts attempt(body, id, time, sig, wrong)
puts attempt(body + " ", id, time, sig, secret)
puts attempt(body, nil, nil, nil, secret)
puts attempt(body, id, old, old_sig, secret)
puts BpocWebhook.verify_signature_header(body, simple, secret)
puts BpocWebhook.verify_signature_header(body, simple, wrong)
puts BpocWebhook.verify_signature_header(body, nil, secret)
`;

const GO = String.raw`
package bpoc

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

func attempt(body []byte, id, time, sig, secret string) {
	headers := http.Header{}
	headers.Set("webhook-id", id)
	headers.Set("webhook-timestamp", time)
	headers.Set("webhook-signature", sig)
	if err := VerifyWebhook(body, headers, secret); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("ok")
}

func TestMain(m *testing.M) {
	input, _ := io.ReadAll(os.Stdin)
	given := strings.Split(string(input), "\n")
	body, _ := base64.StdEncoding.DecodeString(given[0])
	secret, wrong, id, time, sig := given[1], given[2], given[3], given[4], given[5]
	old, oldSig, simple := given[6], given[7], given[8]
	attempt(body, id, time, sig, secret)
	attempt(body, id, time, "v1,AAAA "+sig, secret)
	attempt(body, id, time, sig, wrong)
	attempt(append(append([]byte{}, body...), ' '), id, time, sig, secret)
	attempt(body, "", "", "", secret)
	attempt(body, id, old, oldSig, secret)
	fmt.Println(VerifySignatureHeader(body, simple, secret))
	fmt.Println(VerifySignatureHeader(body, simple, wrong))
	fmt.Println(VerifySignatureHeader(body, "", secret))
	os.Exit(0)
}
`;

const JAVA = String.raw`
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;

public class Ask {
    public static void main(String[] args) throws Exception {
        String[] given = new String(System.in.readAllBytes(), StandardCharsets.UTF_8).split("\n");
        byte[] body = Base64.getDecoder().decode(given[0]);
        byte[] changed = (new String(body, StandardCharsets.UTF_8) + " ").getBytes(StandardCharsets.UTF_8);
        String secret = given[1], wrong = given[2], id = given[3], time = given[4], sig = given[5];
        attempt(body, id, time, sig, secret);
        attempt(body, id, time, "v1,AAAA " + sig, secret);
        attempt(body, id, time, sig, wrong);
        attempt(changed, id, time, sig, secret);
        attempt(body, null, null, null, secret);
        attempt(body, id, given[6], given[7], secret);
        System.out.println(VerifyWebhook.verifySignatureHeader(body, given[8], secret));
        System.out.println(VerifyWebhook.verifySignatureHeader(body, given[8], wrong));
        System.out.println(VerifyWebhook.verifySignatureHeader(body, null, secret));
    }

    static void attempt(byte[] body, String id, String time, String sig, String secret) {
        try {
            VerifyWebhook.verify(body, id, time, sig, secret);
            System.out.println("ok");
        } catch (GeneralSecurityException error) {
            System.out.println(error.getMessage());
        }
    }
}
`;

export const DRIVERS: readonly Driver[] = [
  {
    requirement: 'php',
    snippet: 'verify_php.php',
    files: { 'ask.php': PHP },
    run: ['php', 'ask.php'],
    find: ['php', '-v'],
  },
  {
    requirement: 'ruby',
    snippet: 'verify_ruby.rb',
    files: { 'ask.rb': RUBY },
    run: ['ruby', 'ask.rb'],
    find: ['ruby', '-ropenssl', '-e', 'exit 0'],
  },
  {
    requirement: 'go',
    snippet: 'verify_go.go',
    files: { 'ask_test.go': GO, 'go.mod': 'module bpoc\n\ngo 1.18\n' },
    build: [['go', 'test', '-c', '-o', 'ask']],
    run: ['./ask'],
    find: ['go', 'version'],
  },
  {
    requirement: 'java',
    snippet: 'VerifyWebhook.java',
    files: { 'Ask.java': JAVA },
    build: [['javac', '-Xlint:all', 'Ask.java', 'VerifyWebhook.java']],
    run: ['java', 'Ask'],
    // Only a development kit has the compiler.
    find: ['javac', '-version'],
  },
];
