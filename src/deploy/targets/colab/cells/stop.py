#@title Stop the agent
#@markdown Running tasks may end first. What is left waits in the journal, and new tasks with the broker.
if agent.poll() is None:
    agent.send_signal(signal.SIGTERM)
    try:
        agent.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        agent.kill()
        agent.wait()
print(f"{NAME} ended with status {agent.returncode}.")
if keeper:
    keeper.join()
    from google.colab import drive

    drive.flush_and_unmount()
    print("The journal is on your Drive.")
