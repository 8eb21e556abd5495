"""The applications page in the browser: launch form, list of instances, live dashboard, for any ClearML server.

`form` is what the package's `app.conf` asks for, `pages` what the browser runs. Only this folder knows of the web
framework, and only the browser's own code knows of HTML.
"""
