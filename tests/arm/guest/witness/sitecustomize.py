"""In PYTHONPATH, lets an emulated process tell what only it knows, every second, as JSON in AFFETTO_WITNESS.PID.

It tells the names of its threads by their kernel ids, and which addresses are its own and not the emulator's.
"""

import json
import os
import threading
import time

EVERY_S = 1.0
PATH = f"{os.environ['AFFETTO_WITNESS']}.{os.getpid()}"


def tell() -> None:
    while True:
        time.sleep(EVERY_S)
        threads = {thread.native_id: thread.name for thread in threading.enumerate()}
        with open("/proc/self/maps") as file:
            addresses = [line.split(maxsplit=1)[0] for line in file]
        with open(f"{PATH}.new", "w") as file:
            json.dump({"threads": threads, "addresses": addresses}, file)
        os.replace(f"{PATH}.new", PATH)


threading.Thread(target=tell, name="witness", daemon=True).start()
