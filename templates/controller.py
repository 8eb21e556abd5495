"""Entry point of a controller task: what an agent runs."""

from clearml_hpo_app.entry import main

main()
