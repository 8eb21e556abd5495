"""Logging in, credentials, the one user.

https://clear.ml/docs/latest/docs/references/api/auth and …/users
"""

import json

from clearml_hpo_app.local.server.documents import Document, dumped
from clearml_hpo_app.local.server.faults import Fault
from clearml_hpo_app.local.server.identity import COMPANY_NAME, DAY, USER_NAME, hashed, issue
from clearml_hpo_app.local.server.keys import new_pair
from clearml_hpo_app.local.server.moments import stored
from clearml_hpo_app.local.server.registry import ANYTHING, Call, operation, required
from clearml_hpo_app.local.server.schema import Schema

_LABEL: Schema = {"properties": {"label": {"type": "string"}}}
_ACCESS_KEY = required("access_key", label={"type": "string"})
_LONGEST = 365 * DAY


@operation("auth.login", schema=ANYTHING)
def login(call: Call) -> Document:
    """Give a token that is good for `expiration_sec` (30 days when not given)."""
    wanted = call.body.get("expiration_sec")
    try:
        seconds = 30 * DAY if wanted is None else int(wanted)
    except (TypeError, ValueError) as error:
        raise Fault(400, 12, f"Validation error ({error})") from error
    for wrong, word, bound in (
        (seconds > _LONGEST, "bigger than maximum", _LONGEST),
        (seconds < 1, "lower than minimum", 1),
    ):
        if wrong:
            problem = f"'{seconds}' is {word} ('{bound}')"
            raise Fault(400, 12, f"Validation error (error for field 'expiration_sec': {problem}..)")
    token = issue(call.keys, call.now, seconds)
    return {"token": token, "__cookie__": token}


@operation("auth.logout", writes=True, since="2.2")
def logout(call: Call) -> Document:
    """Revoke the caller's token."""
    now = int(call.now.timestamp())
    call.db.execute("DELETE FROM revoked WHERE expires < ?", [now])
    if call.caller.session:
        row = [call.caller.session, call.caller.expires]
        call.db.execute("INSERT OR REPLACE INTO revoked VALUES (?, ?)", row)
    return {}


@operation("auth.validate_token", schema=ANYTHING)
def validate_token(_call: Call) -> Document:
    """Refuse, as to every user who is no administrator."""
    raise Fault(403, 20, "Forbidden (not allowed for role)", role="user", allowed=("system", "root"))


@operation("login.supported_modes", anonymous=True)
def supported_modes(_call: Call) -> Document:
    """Answer how one can log in: with a key pair only."""
    basic = {"enabled": False, "guest": {"enabled": False}}
    errors = {"es_connection_error": False, "missed_es_upgrade": False}
    return {"authenticated": False, "basic": basic, "server_errors": errors, "sso": {}, "sso_providers": []}


@operation("auth.create_credentials", writes=True, schema=_LABEL)
def create_credentials(call: Call) -> Document:
    """Make a further key pair; its secret is answered once and stored as a hash."""
    access_key, secret_key = new_pair()
    label = call.body.get("label")
    row = [access_key, hashed(secret_key), label]
    call.db.execute("INSERT INTO credentials (access_key, secret_hash, label) VALUES (?, ?, ?)", row)
    return {"credentials": {"access_key": access_key, "label": label, "secret_key": secret_key}}


@operation("auth.edit_credentials", writes=True, schema=_ACCESS_KEY)
def edit_credentials(call: Call) -> Document:
    """Change a key pair's label."""
    values = [call.body.get("label"), call.body["access_key"]]
    changed = call.db.execute("UPDATE credentials SET label = ? WHERE access_key = ?", values).rowcount
    return {"updated": changed}


@operation("auth.get_credentials")
def get_credentials(call: Call) -> Document:
    """List the key pairs, without secrets."""
    rows = call.db.execute("SELECT access_key, label FROM credentials").fetchall()
    listed = [(call.keys.access_key, "first"), *rows]
    return {"credentials": [{"access_key": key, "label": label} for key, label in listed]}


@operation("auth.revoke_credentials", writes=True, schema=_ACCESS_KEY)
def revoke_credentials(call: Call) -> Document:
    """Remove a further key pair (the first one lives in its own file)."""
    key = call.body["access_key"]
    if not call.db.execute("DELETE FROM credentials WHERE access_key = ?", [key]).rowcount:
        text = "Invalid user (invalid user or invalid access key)"
        raise Fault(400, 300, text, id=call.caller.user, company=call.caller.company, credentials__key=key)
    return {"revoked": 1}


@operation("users.get_current_user")
def get_current_user(call: Call) -> Document:
    """Answer the caller."""
    company = {"id": call.caller.company, "name": COMPANY_NAME}
    started = {
        "agentName": "clearml",
        "configure": "clearml-init",
        "install": "pip install clearml",
        "packageName": "clearml",
    }
    user = {**_user(call), "company": company, "role": "user"}
    return {"user": user, "getting_started": started, "settings": {"max_download_items": 50_000}}


@operation("users.get_all")
def get_all_users(call: Call) -> Document:
    """List the one user."""
    return {"users": [{**_user(call), "company": call.caller.company}]}


@operation("users.get_all_ex", since="2.8")
def get_all_users_ex(call: Call) -> Document:
    """List the one user, with references as objects."""
    return {"users": [{**_user(call), "company": {"id": call.caller.company}}]}


@operation("users.get_by_id", schema=required("user"))
def get_user(call: Call) -> Document:
    """Answer one user."""
    if call.body["user"] != call.caller.user:
        raise Fault(400, 301, "Invalid user id", id=call.body["user"])
    return {"user": {**_user(call), "company": call.caller.company}}


@operation("users.get_preferences")
def get_preferences(call: Call) -> Document:
    """Answer what a web interface stored for the user."""
    row = call.db.execute("SELECT doc FROM preferences").fetchone()
    return {"preferences": json.loads(row[0]) if row else {}}


@operation("users.set_preferences", writes=True, schema=required())
def set_preferences(call: Call) -> Document:
    """Store what a web interface wants to find again."""
    preferences = call.body.get("preferences") or {}
    call.db.execute("INSERT OR REPLACE INTO preferences VALUES (1, ?)", [dumped(preferences)])
    return {"updated": 1, "fields": {"preferences": preferences}}


def _user(call: Call) -> Document:
    given, _, family = USER_NAME.partition(" ")
    names = {"name": USER_NAME, "given_name": given, "family_name": family}
    return {"id": call.caller.user, **names, "created": stored(call.now), "created_in_version": "2.3.0"}
