"""What an agent installs before it runs a controller."""

from clearml_hpo_app.instances.launch_script import controller_script


def pip_lines(script: dict[str, dict[str, str]]) -> list[str]:
    return script["requirements"]["pip"].splitlines()


def test_the_requirements_of_the_running_version_are_installed():
    lines = pip_lines(controller_script(None))
    assert any(line.startswith("optuna") for line in lines)
    assert not any("torch" in line or "extra" in line for line in lines)


def test_what_the_method_needs_beyond_them_is_installed_too():
    plain = pip_lines(controller_script(None, "bayesian"))
    assert set(pip_lines(controller_script(None, "gaussian-process"))) - set(plain) == {"torch>=2.4"}


def test_a_package_that_a_person_names_is_all_that_is_installed():
    assert pip_lines(controller_script("clearml-hpo-app[gp]==1.0", "gaussian-process")) == [
        "clearml-hpo-app[gp]==1.0"
    ]
