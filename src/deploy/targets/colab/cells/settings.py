#@title Settings
#@markdown Address of the MQTT broker, reachable from the Internet. Empty: as the config says.
BROKER_URL = ""  #@param {type:"string"}
#@markdown Where to get the program `agent2389` for linux-x64: an https address, or a path on your Drive.
PROGRAM = "agent2389/agent2389-linux-x64"  #@param {type:"string"}
#@markdown Its SHA-256. Empty: from the file `SHA256SUMS` beside it.
SHA256 = ""  #@param {type:"string"}
#@markdown Keep copies of the journal on your Drive, and how many seconds apart.
KEEP_ON_DRIVE = True  #@param {type:"boolean"}
KEEP_SECONDS = 60  #@param {type:"integer"}
