#!/usr/bin/env python3
"""A git server that misbehaves, over http (argument: a port) or as what an ssh login runs (no argument).

It says a script, a JSON file beside it (script.json): for each part of a conversation a list of steps.
  accept, head            http alone: before and within the head of an answer
  advertisement, answer   the references; what comes after the first thing that is asked
Steps: ["file", NAME], ["endless", NAME], ["trickle", NAME] (a byte every 200 ms), ["stall"].
"""
import json, os, socket, sys, threading, time

folder = os.path.dirname(os.path.abspath(__file__))
script = json.load(open(folder + "/script.json"))


def content(name):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()


def play(part, send, stall):
    for step in script.get(part, []):
        if step[0] == "stall":
            stall()
        elif step[0] == "file":
            send(content(step[1]))
        elif step[0] == "endless":
            data = content(step[1])
            data *= max(1, 262144 // len(data))
            while True:
                send(data)
        elif step[0] == "trickle":
            for byte in content(step[1]):
                send(bytes([byte]))
                time.sleep(0.2)


def over_ssh():
    def send(data):
        while data:
            data = data[os.write(1, data):]

    def stall():
        # Until the client has gone.
        while os.read(0, 65536):
            pass

    play("advertisement", send, stall)
    if os.read(0, 4):
        play("answer", send, stall)
        stall()


def request(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        if name.lower() == b"expect":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if name.lower() == b"transfer-encoding":
            length = None
    while (len(body) < length) if length is not None else not body.endswith(b"0\r\n\r\n"):
        more = connection.recv(65536)
        if not more:
            return None
        body += more
    return head


def serve(connection):
    def stall():
        while connection.recv(65536):
            pass

    try:
        play("accept", connection.sendall, stall)
        head = request(connection)
        if head is None:
            return
        part = "advertisement" if head.startswith(b"GET") else "answer"
        kind = "advertisement" if part == "advertisement" else "result"
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-%s\r\n" % kind.encode())
        play("head", connection.sendall, stall)
        connection.sendall(b"Connection: close\r\n\r\n")
        if part == "advertisement":
            connection.sendall(b"001e# service=git-upload-pack\n0000")
        play(part, connection.sendall, stall)
        connection.shutdown(socket.SHUT_WR)
        stall()
    except OSError:
        pass
    finally:
        connection.close()


def over_http(port):
    listener = socket.create_server(("127.0.0.1", port))
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


try:
    over_http(int(sys.argv[1])) if len(sys.argv) > 1 else over_ssh()
except BrokenPipeError:
    pass
