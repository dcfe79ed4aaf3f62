"""A mail server for tests: writes every mail into a file, and fails as it is told to.

The file `behaviour` in its directory is read anew for every recipient and every mail, so that a test can change
it while the server runs: `accept`, `rcpt CODE`, `data CODE` or `lose` (take the mail, then drop the connection).
"""

import argparse
import asyncio
import os
import ssl

from aiosmtpd.smtp import SMTP, AuthResult

REASONS = {"4": "try again later", "5": "no such mailbox here"}

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--directory", required=True)
parser.add_argument("--certificate")
parser.add_argument("--key")
parser.add_argument("--username")
parser.add_argument("--password")
options = parser.parse_args()
count = 0


def behaviour():
    with open(os.path.join(options.directory, "behaviour")) as file:
        return (file.read().split() + ["", ""])[:2]


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        kind, code = behaviour()
        if kind == "rcpt":
            return f"{code} {REASONS.get(code[0], 'failure')}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        global count
        kind, code = behaviour()
        if kind == "data":
            return f"{code} {REASONS.get(code[0], 'failure')}"
        count += 1
        path = os.path.join(options.directory, f"{os.getpid()}-{count:08}")
        with open(path + ".part", "wb") as file:
            head = f"{envelope.mail_from}\n{' '.join(envelope.rcpt_tos)}\n"
            file.write(head.encode() + envelope.original_content)
        # Renamed when complete: a reader never sees half a mail.
        os.rename(path + ".part", path + ".eml")
        if kind == "lose":
            server.transport.abort()
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    login = (options.username.encode(), options.password.encode())
    return AuthResult(success=(data.login, data.password) == login, handled=False)


def session():
    if not options.certificate:
        return SMTP(Handler(), hostname="localhost", enable_SMTPUTF8=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(options.certificate, options.key)
    return SMTP(
        Handler(),
        hostname="localhost",
        enable_SMTPUTF8=True,
        tls_context=context,
        require_starttls=True,
        auth_required=options.username is not None,
        authenticator=authenticate if options.username else None,
    )


async def main():
    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", options.port)
    await server.serve_forever()


asyncio.run(main())
