#@title Take the secrets from Colab
#@markdown They are kept under the key symbol in the bar on the left. Nothing here shows or stores them.
from google.colab import userdata


def secret(name):
    try:
        return userdata.get(name)
    except (userdata.SecretNotFoundError, userdata.NotebookAccessError):
        return None


secrets = {name: value for name in SECRETS if (value := secret(name)) is not None}
missing = [name for name, need in SECRETS.items() if need == "required" and name not in secrets]
if missing:
    raise SystemExit(
        f"Not set, or this notebook may not read it: {', '.join(missing)}. "
        "Open the key symbol on the left, add each by its name and switch on notebook access."
    )
print(f"Set: {', '.join(secrets) or 'none'}")
