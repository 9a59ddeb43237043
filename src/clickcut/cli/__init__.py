"""The command ``clickcut``: reads arguments, calls the layers below, prints. A command imports its work when it runs."""
