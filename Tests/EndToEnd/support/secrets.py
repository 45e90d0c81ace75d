"""Every secret that the tests give to the program. None may turn up in anything that it writes or answers."""

import base64
from urllib.parse import quote

SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYSECRETKEY1"
SESSION_TOKEN = "FwoGZXIvYXdzEJr//////////wEaDSECRETTOKEN1+/="
ROLE_SECRET_KEY = "rOLEsECRETkEY/0123456789+abcdefghijklmnop"
ROLE_TOKEN = "IQoJb3JpZ2luX2VjSECRETROLETOKEN/+=="
WRONG_SECRET_KEY = "wrongWRONGwrongWRONGwrongWRONGwrongWRONG1"
EXTERNAL_ID = "external-id-SECRET-42"
PASSWORD = "correct horse battery staple"
#: Of PASSWORD, at the lowest cost.
PASSWORD_HASH = "$2y$04$BQExporterTestSaltAAA.nL/XtFoESN0XeRSGH73DE/wVqi/T3Ui"
#: Parts of the URLs of webhooks, the key that signs their bodies, an argument of a command.
HOOK_PATH = "T0SECRETTEAM/B0SECRETHOOK/xSECRETPATHx"
HOOK_TOKEN = "token-SECRET-43"
HOOK_PASSWORD = "hook-SECRET-44"
HMAC_KEY = "hmac-SECRET-45"
ARGUMENT = "argument-SECRET-46"
#: Of remote write: the bearer token, a word of the URL's query.
BEARER = "bearer-SECRET/47+="
QUERY = "query-SECRET-48"

ALL = [SECRET_KEY, SESSION_TOKEN, ROLE_SECRET_KEY, ROLE_TOKEN, WRONG_SECRET_KEY, EXTERNAL_ID, PASSWORD, PASSWORD_HASH,
       *HOOK_PATH.split("/"), HOOK_TOKEN, HOOK_PASSWORD, HMAC_KEY, ARGUMENT, BEARER, QUERY]


def forms(secret):
    """A secret as answers may quote it."""
    plain = secret.encode()
    return [secret, quote(secret, safe=""), base64.b64encode(plain).decode(), base64.urlsafe_b64encode(plain).decode(),
            base64.b64encode(b"user:" + plain).decode()]


def found_in(text):
    """The secrets that a text holds, in any form."""
    return [secret for secret in ALL if any(form in text for form in forms(secret))]
