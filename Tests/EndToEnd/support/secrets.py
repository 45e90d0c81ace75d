"""Every secret that the tests give to the program. None may turn up in anything that it writes or answers."""

SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYSECRETKEY1"
SESSION_TOKEN = "FwoGZXIvYXdzEJr//////////wEaDSECRETTOKEN1+/="
ROLE_SECRET_KEY = "rOLEsECRETkEY/0123456789+abcdefghijklmnop"
ROLE_TOKEN = "IQoJb3JpZ2luX2VjSECRETROLETOKEN/+=="
WRONG_SECRET_KEY = "wrongWRONGwrongWRONGwrongWRONGwrongWRONG1"
EXTERNAL_ID = "external-id-SECRET-42"
PASSWORD = "correct horse battery staple"
#: Of PASSWORD, at the lowest cost.
PASSWORD_HASH = "$2y$04$BQExporterTestSaltAAA.nL/XtFoESN0XeRSGH73DE/wVqi/T3Ui"

ALL = [SECRET_KEY, SESSION_TOKEN, ROLE_SECRET_KEY, ROLE_TOKEN, WRONG_SECRET_KEY, EXTERNAL_ID, PASSWORD, PASSWORD_HASH]


def found_in(text):
    """The secrets that a text holds."""
    return [secret for secret in ALL if secret in text]
