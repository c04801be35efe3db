/// A daemon with the endpoints that a generic target describes: readiness, a reload that succeeds unless the file says
/// `bad`, a gauge, a time stamp and a digest of the bytes it loaded.
enum ScriptedDaemon {
    static let script = """
        import hashlib, http.server, os, sys, time
        port, path, mode = int(sys.argv[1]), sys.argv[2], sys.argv[3]
        started = time.time()
        state = {"data": b"", "ok": 1, "stamp": started}

        def load():
            if not os.path.exists(mode):
                data = open(path, "rb").read()
                if b"bad" in data:
                    state["ok"] = 0
                    return False
                state["data"] = data
            state["ok"], state["stamp"] = 1, time.time()
            return True

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, status, text):
                body = text.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                if self.path == "/alive": return self.answer(200, "ok")
                if self.path != "/metrics": return self.answer(404, "no such page")
                digest = hashlib.sha256(state["data"]).hexdigest()
                self.answer(200, "\\n".join([
                    "# HELP thing_ok x", "thing_ok %d" % state["ok"], "thing_stamp %r" % state["stamp"],
                    'thing_hash{file="x",sha256="%s"} 1' % digest, "process_start_time_seconds %r" % started, ""]))

            def do_POST(self):
                if self.path != "/again": return self.answer(404, "no such page")
                self.answer(200, "") if load() else self.answer(400, "the file says bad")

            def log_message(self, *arguments): pass

        load()
        http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()

        """
}
