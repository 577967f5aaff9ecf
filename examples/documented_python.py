"""The Python receiver of the first integration guide, on the standard library alone: it checks the raw body."""

import hashlib
import hmac
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def verify_webhook(payload, signature, secret):
    expected = 'sha256=' + hmac.new(
        secret.encode(),
        payload.encode(),
        hashlib.sha256
    ).hexdigest()

    return hmac.compare_digest(signature, expected)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        signature = self.headers.get('X-Webhook-Signature') or ''
        payload = self.rfile.read(int(self.headers['Content-Length'])).decode('utf-8')
        secret = os.getenv('BPOC_WEBHOOK_SECRET')

        if not verify_webhook(payload, signature, secret):
            return self.answer('Invalid signature', 401)

        data = json.loads(payload)
        print(f"Verified webhook: {data['event']}", flush=True)

        return self.answer('OK', 200)

    def answer(self, text, status):
        self.send_response(status)
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args):
        pass


if __name__ == '__main__':
    server = ThreadingHTTPServer(('127.0.0.1', int(os.getenv('PORT', '4000'))), Handler)
    print(f'listening on http://localhost:{server.server_address[1]}/webhooks/bpoc', flush=True)
    server.serve_forever()
