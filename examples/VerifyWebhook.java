// Checks that a webhook really comes from BPOC. Java 17 or newer, nothing to install.
// rawBody is the body exactly as it arrived (@RequestBody byte[] in Spring): read it before any JSON parser does.
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public final class VerifyWebhook {
    private static final long TOLERANCE_SECONDS = 300;

    /** Checks the three webhook-* headers (Standard Webhooks). Throws a GeneralSecurityException with the reason. */
    public static void verify(byte[] rawBody, String id, String timestamp, String signatures, String secret)
            throws GeneralSecurityException {
        if (id == null || timestamp == null || signatures == null) {
            throw new GeneralSecurityException("a webhook-* header is missing");
        }
        byte[] key = Base64.getDecoder().decode(secret.replaceFirst("^whsec_", ""));
        String signature = Base64.getEncoder().encodeToString(hmac(key, bytes(id + "." + timestamp + "."), rawBody));
        // During a rotation there are two signatures; one match is enough.
        boolean fits = false;
        for (String given : signatures.split(" ")) {
            fits |= MessageDigest.isEqual(bytes(given), bytes("v1," + signature));
        }
        if (!fits) {
            throw new GeneralSecurityException("the signature does not fit: wrong secret, or the body was changed");
        }
        boolean isNumber = timestamp.matches("\\d{1,12}");
        if (!isNumber || Math.abs(Instant.now().getEpochSecond() - Long.parseLong(timestamp)) > TOLERANCE_SECONDS) {
            throw new GeneralSecurityException("too old, or a clock is wrong");
        }
    }

    /** Only if no other header can be read: checks X-Webhook-Signature alone, so a replayed request passes. */
    public static boolean verifySignatureHeader(byte[] rawBody, String signature, String secret)
            throws GeneralSecurityException {
        String expected = "sha256=" + HexFormat.of().formatHex(hmac(bytes(secret), rawBody));
        return signature != null && MessageDigest.isEqual(bytes(signature), bytes(expected));
    }

    private static byte[] hmac(byte[] key, byte[]... parts) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        for (byte[] part : parts) {
            mac.update(part);
        }
        return mac.doFinal();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private VerifyWebhook() {}
}
