"""Who asks: somebody of data/demo.json, signed in as the demo says."""

import json
import os
import urllib.error
import urllib.request

import schemathesis

with open(os.environ["REDVEST_DEMO"], encoding="utf-8") as file:
    DEMO = json.load(file)

ROLE = os.environ["REDVEST_ROLE"]
SIGN_IN = next(entry["signIn"] for entry in DEMO["roles"] if entry["role"] == ROLE)

# Shorter than the ten minutes for which an access token is good.
REFRESH_SECONDS = 300


def post(path, body):
    request = urllib.request.Request(
        DEMO["baseUrl"] + "/api/v1" + path,
        data=json.dumps(body).encode(),
        # From another address than the search, whose made-up passwords make its own wait.
        headers={"Content-Type": "application/json", "X-Forwarded-For": "192.0.2.1"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def access_token():
    known = {name: value for name, value in SIGN_IN.items() if name != "kind"}
    if SIGN_IN["kind"] == "password":
        return post("/sign-in/password", known)["accessToken"]
    try:
        post("/sign-in/codes", {"phone": SIGN_IN["phone"]})
    except urllib.error.HTTPError:
        pass  # A code that was sent a moment ago is still good.
    return post("/sign-in/phone", known)["accessToken"]


@schemathesis.auth(refresh_interval=REFRESH_SECONDS)
class Authorization:
    def get(self, case, context):
        return access_token()

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"
