"""Who calls, with which credentials, and what the server says of itself."""

import jwt
import pytest
from api_calls import Api, Refused


def test_a_login_answers_a_token_that_tells_its_api_version_and_its_end(api: Api) -> None:
    told = jwt.decode(api("auth.login")["token"], options={"verify_signature": False})
    assert {"identity", "exp", "iat", "api_version", "server_version", "feature_set"} <= set(told)
    assert told["exp"] > told["iat"]


def test_credentials_are_made_labelled_listed_and_revoked(api: Api) -> None:
    made = api("auth.create_credentials", label="contract")["credentials"]
    key = made["access_key"]
    assert (made["label"], bool(made["secret_key"])) == ("contract", True)
    assert api("auth.edit_credentials", access_key=key, label="renamed") == {"updated": 1}

    def labels() -> dict[str, str]:
        rows = api("auth.get_credentials")["credentials"]
        assert all("secret_key" not in row for row in rows)
        return {row["access_key"]: row.get("label", "") for row in rows}

    assert labels()[key] == "renamed"
    assert api("auth.revoke_credentials", access_key=key) == {"revoked": 1}
    assert key not in labels()


def test_a_token_that_was_given_back_is_refused(api: Api) -> None:
    assert api("users.get_current_user")["user"]["name"]
    assert api("auth.logout") == {}
    with pytest.raises(Refused, match="revoked token"):
        api("users.get_current_user")


@pytest.mark.parametrize("operation", ["auth.validate_token", "server.config"])
def test_what_is_for_the_system_is_forbidden(api: Api, operation: str) -> None:
    with pytest.raises(Refused, match="not allowed for role"):
        api(operation, token="any")


def test_users_are_listed_and_keep_their_preferences(api: Api) -> None:
    user = api("users.get_current_user")["user"]
    assert api("users.get_by_id", user=user["id"])["user"]["name"] == user["name"]
    for operation in ("users.get_all", "users.get_all_ex"):
        assert user["id"] in [row["id"] for row in api(operation)["users"]]
    before = api("users.get_preferences")["preferences"]
    wanted = {**before, "contract": {"b": 1}}
    assert api("users.set_preferences", preferences=wanted)["updated"] == 1
    assert api("users.get_preferences")["preferences"]["contract"] == {"b": 1}
    api("users.set_preferences", preferences=before)


def test_the_server_tells_its_versions_and_ways(api: Api) -> None:
    assert api("debug.ping") == {"msg": "ClearML server"}
    major, minor = api("server.info")["api_version"].split(".")
    assert (int(major), int(minor)) >= (2, 23)
    assert api("server.endpoints")
    assert "supported" in api("server.report_stats_option")
    assert api("login.supported_modes")["basic"]
    assert api("workers.get_count")["count"] >= 0
