"""A mail server that keeps what it takes: smtp_sink.py PORT FOLDER [CERT KEY [USER PASSWORD]].

Every mail becomes FOLDER/N.eml behind a line with its envelope. A mail to refuse@… is refused, to
busy@… put off, and to drop@… taken while the connection ends before the answer.
"""
import json
import ssl
import sys
import time
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

port, folder = int(sys.argv[1]), Path(sys.argv[2])
tls, login = sys.argv[3:5], sys.argv[5:7]


class Keep:
    count = 0

    async def handle_DATA(self, server, session, envelope):
        to = envelope.rcpt_tos[0]
        if to.startswith("refuse@"):
            return "550 5.7.1 not for this house"
        if to.startswith("busy@"):
            return "451 4.3.0 later"
        Keep.count += 1
        head = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None}
        text = json.dumps(head).encode() + b"\n" + envelope.original_content
        part = folder / f"{Keep.count}.part"
        part.write_bytes(text)
        part.rename(folder / f"{Keep.count}.eml")
        if to.startswith("drop@"):
            server.transport.abort()
        return "250 2.0.0 taken"


def known(server, session, envelope, mechanism, data):
    given = [data.login.decode(), data.password.decode()]
    return AuthResult(success=given == login, handled=False)


options = {"hostname": "127.0.0.1", "port": port}
if tls:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*tls)
    options |= {"tls_context": context, "require_starttls": True}
if login:
    options |= {"authenticator": known, "auth_required": True}
Controller(Keep(), **options).start()
while True:
    time.sleep(3600)
