#@title Show the log
#@markdown Stop this cell whenever you like: the agent goes on.
try:
    with LOG.open(errors="replace") as log:
        while agent.poll() is None:
            text = log.read()
            if text:
                print(text, end="", flush=True)
            time.sleep(0.5)
        print(log.read(), end="")
    print(f"The agent ended with status {agent.returncode}.")
except KeyboardInterrupt:
    pass
