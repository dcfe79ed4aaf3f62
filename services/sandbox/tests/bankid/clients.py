"""What others wrote to talk to BankID, talking to the sandbox's.

    python clients.py URL DIRECTORY

URL ends in /rp/v6.0/, DIRECTORY holds what the sandbox gives to relying parties.
"""

import sys
from pathlib import Path
from unittest.mock import patch

URL, DIRECTORY = sys.argv[1], Path(sys.argv[2])
IDENTITY, AUTHORITY = str(DIRECTORY / "relying-party.pem"), str(DIRECTORY / "server-ca.pem")
KLARA, BO = "198801309892", "198605019812"
TEXT = "Avtal om Bevaka ärenden"


def pybankid():
    import bankid
    from bankid import exceptions

    with patch("bankid.baseclient.resolve_cert_path", return_value=AUTHORITY):
        client = bankid.BankIDClient(certificates=(IDENTITY, IDENTITY), test_server=True)
    for name in ("auth", "sign", "collect", "cancel"):
        setattr(client, f"_{name}_endpoint", URL + name)

    for start, policy in ((client.authenticate, "1.2.3.4.25"), (client.sign, "1.2.3.4.10")):
        requirement = {"personalNumber": KLARA, "certificatePolicies": [policy]}
        order = start(end_user_ip="192.0.2.1", user_visible_data=TEXT, requirement=requirement)
        assert order.keys() == {"orderRef", "autoStartToken", "qrStartToken", "qrStartSecret"}, order
        hints = []
        while (collected := client.collect(order["orderRef"]))["status"] == "pending":
            hints.append(collected["hintCode"])
        assert hints == ["outstandingTransaction", "userSign"], hints
        assert collected["status"] == "complete", collected
        data = collected["completionData"]
        assert data["user"]["personalNumber"] == KLARA and data["signature"] and data["ocspResponse"]

    order = client.authenticate(end_user_ip="192.0.2.1", requirement={"personalNumber": BO})
    while (collected := client.collect(order["orderRef"]))["status"] == "pending":
        pass
    assert (collected["status"], collected["hintCode"]) == ("failed", "userCancel"), collected

    order = client.authenticate(end_user_ip="192.0.2.1", requirement={"personalNumber": KLARA})
    expect(exceptions.AlreadyInProgressError,
           lambda: client.authenticate(end_user_ip="192.0.2.1", requirement={"personalNumber": KLARA}))
    order = client.authenticate(end_user_ip="192.0.2.1", requirement={"personalNumber": KLARA})
    assert client.cancel(order["orderRef"]) is True
    expect(exceptions.InvalidParametersError, lambda: client.collect(order["orderRef"]))


def bankid6():
    from bankid6 import BankIdClient, BankIdError

    client = BankIdClient(cert_pem=IDENTITY, key_pem=IDENTITY, ca_pem=AUTHORITY)
    client.api_url = URL
    requirement = {"personalNumber": KLARA, "pinCode": True}
    for start in (client.auth, client.sign):
        started = start(endUserIp="192.0.2.1", userVisibleData=TEXT, requirement=requirement)
        assert started.qr_data.startswith(f"bankid.{started.qrStartToken}."), started.qr_data
        rfa = []
        while (collected := client.collect()).status == "pending":
            rfa.append((collected.hintCode, bool(collected.message)))
        assert rfa == [("outstandingTransaction", True), ("userSign", True)], rfa
        assert collected.status == "complete", collected
        assert collected.completionData.user.personalNumber == KLARA

    started = client.auth(endUserIp="192.0.2.1", requirement={"personalNumber": BO})
    while (collected := client.collect()).status == "pending":
        pass
    assert (collected.status, collected.hintCode) == ("failed", "userCancel"), collected

    client.auth(endUserIp="192.0.2.1", requirement=requirement)
    fault = expect(BankIdError, lambda: client.auth(endUserIp="192.0.2.1", requirement=requirement))
    assert fault.errorCode == "alreadyInProgress", fault
    client.auth(endUserIp="192.0.2.1", requirement=requirement)
    assert client.cancel().status_code == 200
    assert expect(BankIdError, client.collect).errorCode == "invalidParameters"


def expect(kind, call):
    try:
        call()
    except kind as fault:
        return fault
    raise AssertionError(f"no {kind.__name__}")


pybankid()
bankid6()
