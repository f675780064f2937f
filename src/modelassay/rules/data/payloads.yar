/*
  What well-known payloads have in common, written for modelassay. A match in weights or metadata is
  worth a look; each rule asks for more than one word, so that text about an attack is no attack.
  severity is that of the finding: medium for words, which text may quote, high for machine code.
*/

rule reverse_shell_posix {
  meta:
    description = "a shell is connected to a socket"
    severity = "medium"
    reference = "https://attack.mitre.org/techniques/T1059/004/"
  strings:
    $bash = /(bash|sh|zsh) -i {0,2}[>&0-9 ]{1,4}\/dev\/(tcp|udp)\/[0-9A-Za-z.-]{4,64}\/[0-9]{2,5}/
    $nc = /\b(nc|ncat|netcat) (-[a-z]{1,6} ){0,3}[0-9A-Za-z.-]{4,64} [0-9]{2,5} -[ec] {0,2}\/bin\/(ba|z|da)?sh/
    $nc_e = /\b(nc|ncat|netcat) -[a-z]{0,5}e[a-z]{0,3} \/bin\/(ba|z|da)?sh [0-9A-Za-z.-]{4,64} [0-9]{2,5}/
    $mkfifo = /mkfifo [\/\w.-]{2,40}; ?cat [\/\w.-]{2,40} ?\| ?\/bin\/(ba)?sh -i/
    $socat = /socat [^\n\x00]{0,60}exec:.?(ba)?sh[^\n\x00]{0,40}tcp:/ nocase
  condition:
    any of them
}

rule reverse_shell_python {
  meta:
    description = "Python connects a socket to a shell"
    severity = "medium"
    reference = "https://attack.mitre.org/techniques/T1059/006/"
  strings:
    $connect = ".connect((" ascii
    $dup = /os\.dup2\( ?\w{1,12}\.fileno\( ?\)/
    $shell = /(pty\.spawn|subprocess\.(call|run|Popen)|os\.system|os\.exec\w{1,3})\( ?\[? ?["']\/bin\/(ba)?sh/
  condition:
    $connect and $dup and $shell
}

rule powershell_stager {
  meta:
    description = "PowerShell fetches and runs a second stage"
    severity = "medium"
    reference = "https://attack.mitre.org/techniques/T1059/001/"
  strings:
    $encoded = /powershell(\.exe)?[^\n\x00]{1,80}-e(nc|ncodedcommand)? [A-Za-z0-9+\/=]{60}/ nocase
    $fetch = /(new-object (system\.)?net\.webclient\)?\.download(string|file|data)|invoke-webrequest|iwr )[^\n\x00]{0,120}http/ nocase
    $run = /(\biex\b|invoke-expression|start-process)/ nocase
    $hidden = /-w(indowstyle)? {1,2}hidden/ nocase
  condition:
    $encoded or ($fetch and ($run or $hidden))
}

rule shell_dropper {
  meta:
    description = "a command line fetches a file and runs it"
    severity = "medium"
    reference = "https://attack.mitre.org/techniques/T1105/"
  strings:
    $pipe = /(curl|wget) [^\n\x00|;]{0,60}https?:\/\/[^\n\x00|; ]{4,120} ?\| ?(sudo )?(ba|z|da)?sh\b/
    $chmod = /(curl|wget) [^\n\x00;&]{4,160}(;|&&) ?chmod \+?[0-7x]{1,4} [^\n\x00;&]{1,80}(;|&&) ?\.?\//
    $base64 = /echo [A-Za-z0-9+\/=]{24,400} ?\| ?base64 (-d|--decode|-D) ?\| ?(ba|z|da)?sh\b/
    $certutil = /certutil(\.exe)? -urlcache -(split -)?f https?:/ nocase
    $mshta = /(mshta|regsvr32 \/s \/n \/u \/i:|rundll32 javascript:)[^\n\x00]{0,20}https?:/ nocase
  condition:
    any of them
}

rule python_stager {
  meta:
    description = "Python fetches or decodes code and runs it"
    severity = "medium"
    reference = "https://attack.mitre.org/techniques/T1059/006/"
  strings:
    $decode = /(exec|eval)\( ?(compile\( ?)?(__import__\( ?["']base64["'] ?\)|base64)\.(b64|b85|a85|b32)decode\(/
    $unpack = /(exec|eval)\( ?(compile\( ?)?(__import__\( ?["']zlib["'] ?\)|zlib)\.decompress\(/
    $fetch = /(exec|eval)\( ?(compile\( ?)?(requests\.get|urllib\.request\.urlopen|urlopen|__import__\( ?["'](requests|urllib\.request)["'] ?\)\.(get|urlopen))\(/
    $marshal = /(exec|eval)\( ?(__import__\( ?["']marshal["'] ?\)|marshal)\.loads\(/
  condition:
    any of them
}

rule shellcode_x86_metasploit {
  meta:
    description = "the block of code by which x86 shellcode finds functions of Windows"
    severity = "high"
    reference = "https://attack.mitre.org/techniques/T1055/"
  strings:
    $x86 = { FC E8 ( 82 | 89 | 8F ) 00 00 00 60 89 E5 31 ( C0 | D2 ) 64 8B ( 50 | 52 ) 30 8B 52 0C }
    $x64 = { FC 48 83 E4 F0 E8 ( C0 | C8 | CC ) 00 00 00 41 51 41 50 52 51 56 48 31 D2 65 48 8B 52 60 }
    $hash = { 31 FF AC C1 CF 0D 01 C7 38 E0 75 F6 03 7D F8 3B 7D 24 75 }
  condition:
    any of them
}

rule shellcode_linux {
  meta:
    description = "shellcode that starts a shell of Linux"
    severity = "high"
    reference = "https://attack.mitre.org/techniques/T1059/004/"
  strings:
    $x86 = { 31 C0 50 68 2F 2F 73 68 68 2F 62 69 6E 89 E3 50 53 89 E1 }
    $x64 = { 48 ( BB | B8 | BF ) 2F 62 69 6E 2F 2F 73 68 [0-12] ( 53 | 50 | 57 ) [0-12] 0F 05 }
    $x64_2 = { 6A 3B 58 99 48 BB 2F 62 69 6E 2F 73 68 00 53 }
    $bind = { 6A 29 58 99 6A 02 5F 6A 01 5E 0F 05 }
  condition:
    any of them
}

rule cobalt_strike_stager {
  meta:
    description = "names of pipes and functions of Cobalt Strike beacons"
    severity = "high"
    reference = "https://attack.mitre.org/software/S0154/"
  strings:
    $pipe = /\\\\\.\\pipe\\(MSSE-[0-9]{1,5}-server|msagent_[0-9a-f]{2}|postex_[0-9a-f]{4})/
    $loader = "ReflectiveLoader" ascii fullword
    $beacon = "beacon.x64.dll" ascii nocase
    $beacon32 = "beacon.dll" ascii nocase fullword
  condition:
    $pipe or $beacon or ($loader and $beacon32)
}

rule coin_miner {
  meta:
    description = "a miner of coins with the address of its pool"
    severity = "medium"
    reference = "https://attack.mitre.org/techniques/T1496/001/"
  strings:
    $pool = /stratum\+(tcp|ssl|tcps):\/\/[0-9A-Za-z.-]{4,80}:[0-9]{2,5}/
    $xmrig = "xmrig" ascii nocase fullword
    $donate = "--donate-level" ascii
    $algorithm = /--(algo|coin)[= ](rx\/0|randomx|cn\/r|monero|xmr)/
    $wallet = /\b[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}\b/
  condition:
    $pool or ($xmrig and ($donate or $algorithm or $wallet))
}

rule credential_theft {
  meta:
    description = "files with credentials are read and sent away"
    severity = "medium"
    reference = "https://attack.mitre.org/techniques/T1555/"
  strings:
    $ssh = /\.ssh\/(id_(rsa|ed25519|ecdsa|dsa)|authorized_keys)/
    $aws = ".aws/credentials" ascii
    $hub = /\.(cache\/huggingface\/token|huggingface\/token|netrc|git-credentials|docker\/config\.json|kube\/config)/
    $shadow = "/etc/shadow" ascii fullword
    $browser = /(Login Data|Local State|cookies\.sqlite|key4\.db|logins\.json)/ fullword
    $wallet = /(wallet\.dat|Exodus\/exodus\.wallet|MetaMask)/
    $send_1 = /(requests|httpx|session)\.(post|put)\(/
    $send_2 = /curl [^\n\x00]{0,60}(-d|--data(-binary)?|-F|-T|--upload-file) ?@?/
    $send_3 = /(discord(app)?\.com\/api\/webhooks\/|api\.telegram\.org\/bot|hooks\.slack\.com\/services\/|webhook\.site\/|pastebin\.com\/api)/
  condition:
    2 of ($ssh, $aws, $hub, $shadow, $browser, $wallet) and any of ($send_*)
}

rule exfiltration_hook {
  meta:
    description = "data are sent to the hook of a chat service"
    severity = "medium"
    reference = "https://attack.mitre.org/techniques/T1567/"
  strings:
    $discord = /https:\/\/discord(app)?\.com\/api\/webhooks\/[0-9]{17,20}\/[\w-]{60,72}/
    $telegram = /https:\/\/api\.telegram\.org\/bot[0-9]{8,10}:[\w-]{35}/
    $slack = /https:\/\/hooks\.slack\.com\/services\/T[0-9A-Z]{8,12}\/B[0-9A-Z]{8,12}\/[0-9A-Za-z]{20,26}/
  condition:
    any of them
}

rule weight_steganography_loader {
  meta:
    description = "code that takes a payload out of the low bits of weights and runs it"
    severity = "medium"
    reference = "https://arxiv.org/abs/2107.08590"
  strings:
    $bits = /np\.(un)?packbits\(/
    $view = /\.view\( ?(dtype ?= ?)?(np|torch)\.u?int8 ?\)/
    $exec = /(exec|eval|os\.system|subprocess\.\w{3,12}|ctypes\.\w{2,12}|pickle\.loads|marshal\.loads)\(/
    $digest = /hashlib\.(sha256|md5|sha1)\(/
    $unpack = /struct\.unpack\( ?["'][<>=!]?[iIqQ] ?(64s|32s)/
  condition:
    $bits and $exec and ($view or $digest or $unpack)
}

rule destroyer {
  meta:
    description = "a command line destroys files or file systems"
    severity = "medium"
    reference = "https://attack.mitre.org/techniques/T1485/"
  strings:
    $rm = /\brm -[rf]{2} (--no-preserve-root )?(\/|\/\*|~|\$HOME)( |;|&|"|'|\n|$)/
    $dd = /\bdd if=\/dev\/(zero|u?random) of=\/dev\/(sd|hd|nvme|vd|xvd)[a-z0-9]{1,6}/
    $fork = ":(){ :|:& };:" ascii
    $shadow = /vssadmin(\.exe)? delete shadows/ nocase
    $format = /format(\.com)? [c-z]: \/(q|y|fs)/ nocase
  condition:
    any of them
}

rule persistence_posix {
  meta:
    description = "a command line makes itself start again"
    severity = "medium"
    reference = "https://attack.mitre.org/techniques/T1053/003/"
  strings:
    $cron = /\(?crontab -l[^\n\x00]{0,60}echo [^\n\x00]{4,200}\| ?crontab -/
    $cron_file = /echo [^\n\x00]{4,200}>> ?\/(etc\/cron|var\/spool\/cron)/
    $keys = /echo ["']?ssh-(rsa|ed25519) [^\n\x00]{20,800}>> ?[^\n\x00]{0,60}authorized_keys/
    $profile = /echo [^\n\x00]{4,200}>> ?~?[\/\w]{0,40}\.(bashrc|profile|zshrc|bash_profile)/
  condition:
    any of them
}
