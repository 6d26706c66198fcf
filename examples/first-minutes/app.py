"""An app that gets each WhatsApp message as JSON and answers in the same breath. Run it with `python3 app.py`."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer


class App(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers["Content-Length"])
        message = json.loads(self.rfile.read(length))
        answer = {}
        # A trial by `waypost hooks test`, for one, comes from nobody: taking it is answer enough.
        if "from" in message:
            print(f"{message['from']}: {message['text']}", flush=True)
            answer = {"send_message": True, "text": f"You wrote: {message['text']}"}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


HTTPServer(("127.0.0.1", 3000), App).serve_forever()
