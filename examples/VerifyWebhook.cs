// Checks that a webhook really comes from BPOC. .NET 6 or newer, nothing to install.
// rawBody is the body exactly as it arrived: copy Request.Body into a MemoryStream before any JSON parser reads it.
using System;
using System.Security.Cryptography;
using System.Text;

public static class VerifyWebhook
{
    private const long ToleranceSeconds = 300;

    /// <summary>Checks the three webhook-* headers (Standard Webhooks). Throws a CryptographicException.</summary>
    public static void Verify(byte[] rawBody, string? id, string? timestamp, string? signatures, string secret)
    {
        if (string.IsNullOrEmpty(id) || string.IsNullOrEmpty(timestamp) || string.IsNullOrEmpty(signatures))
            throw new CryptographicException("a webhook-* header is missing");

        var key = Convert.FromBase64String(secret.StartsWith("whsec_") ? secret["whsec_".Length..] : secret);
        var signed = new byte[Encoding.UTF8.GetByteCount($"{id}.{timestamp}.") + rawBody.Length];
        var start = Encoding.UTF8.GetBytes($"{id}.{timestamp}.", signed);
        rawBody.CopyTo(signed, start);
        var expected = "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed));
        // During a rotation there are two signatures; one match is enough.
        var fits = false;
        foreach (var given in signatures.Split(' ')) fits |= Same(given, expected);
        if (!fits)
            throw new CryptographicException("the signature does not fit: wrong secret, or the body was changed");

        var isNumber = long.TryParse(timestamp, out var sent);
        if (!isNumber || Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - sent) > ToleranceSeconds)
            throw new CryptographicException("too old, or a clock is wrong");
    }

    /// <summary>
    /// Only if no other header can be read: checks X-Webhook-Signature alone, so a replayed request passes.
    /// </summary>
    public static bool VerifySignatureHeader(byte[] rawBody, string? signature, string secret)
    {
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), rawBody);
        return Same(signature ?? "", "sha256=" + Convert.ToHexString(hash).ToLowerInvariant());
    }

    private static bool Same(string a, string b) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));
}
