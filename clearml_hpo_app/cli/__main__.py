"""`python -m clearml_hpo_app.cli` is `clearml-hpo`, for where the script is not on the path."""

from clearml_hpo_app.cli import main

main()
