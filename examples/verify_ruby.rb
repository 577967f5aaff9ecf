# Checks that a webhook really comes from BPOC. Ruby 3 or newer, nothing to install.
# raw_body is the body exactly as it arrived (request.raw_post in Rails): read it before any JSON parser does.
# headers is a Hash with lower-case names.
require "json"
require "openssl"

module BpocWebhook
  TOLERANCE_SECONDS = 300

  # Checks the three webhook-* headers (Standard Webhooks). Returns the message, or raises ArgumentError.
  def self.verify(raw_body, headers, secret)
    id, timestamp, signatures = headers.values_at("webhook-id", "webhook-timestamp", "webhook-signature")
    raise ArgumentError, "a webhook-* header is missing" unless id && timestamp && signatures

    key = secret.delete_prefix("whsec_").unpack1("m")
    signed = "#{id}.#{timestamp}.".b + raw_body.b
    expected = "v1," + [OpenSSL::HMAC.digest("SHA256", key, signed)].pack("m0")
    # During a rotation there are two signatures; one match is enough.
    fits = signatures.split(" ").any? { |given| OpenSSL.secure_compare(given, expected) }
    raise ArgumentError, "the signature does not fit: wrong secret, or the body was changed" unless fits

    fresh = timestamp.match?(/\A\d+\z/) && (Time.now.to_i - timestamp.to_i).abs <= TOLERANCE_SECONDS
    raise ArgumentError, "too old, or a clock is wrong" unless fresh

    JSON.parse(raw_body)
  end

  # Only if no other header can be read: checks X-Webhook-Signature alone, so a replayed request passes.
  def self.verify_signature_header(raw_body, signature, secret)
    expected = "sha256=" + OpenSSL::HMAC.hexdigest("SHA256", secret, raw_body)
    OpenSSL.secure_compare(signature.to_s, expected)
  end
end
