<?php
// Checks that a webhook really comes from BPOC. PHP 8 or newer, nothing to install.
// $rawBody is the body exactly as it arrived: file_get_contents('php://input'), read before json_decode.
// $headers has lower-case names: array_change_key_case(getallheaders()).

const TOLERANCE_SECONDS = 300;

/** Checks the three webhook-* headers (Standard Webhooks). Returns the message, or throws a RuntimeException. */
function verify_webhook(string $rawBody, array $headers, string $secret): array
{
    $id = $headers['webhook-id'] ?? '';
    $timestamp = $headers['webhook-timestamp'] ?? '';
    $signatures = $headers['webhook-signature'] ?? '';
    if ($id === '' || $timestamp === '' || $signatures === '') {
        throw new RuntimeException('a webhook-* header is missing');
    }

    $key = (string) base64_decode(preg_replace('/^whsec_/', '', $secret));
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$rawBody", $key, true));
    // During a rotation there are two signatures; one match is enough.
    $fits = false;
    foreach (explode(' ', $signatures) as $given) {
        $fits = hash_equals($expected, $given) || $fits;
    }
    if (!$fits) {
        throw new RuntimeException('the signature does not fit: wrong secret, or the body was changed');
    }

    if (!ctype_digit($timestamp) || abs(time() - (int) $timestamp) > TOLERANCE_SECONDS) {
        throw new RuntimeException('too old, or a clock is wrong');
    }
    return json_decode($rawBody, true, 512, JSON_THROW_ON_ERROR);
}

/** Only if no other header can be read: checks X-Webhook-Signature alone, so a replayed request passes. */
function verify_signature_header(string $rawBody, ?string $signature, string $secret): bool
{
    return hash_equals('sha256=' . hash_hmac('sha256', $rawBody, $secret), $signature ?? '');
}
