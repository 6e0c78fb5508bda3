# A site engineer's day, in the order of docs/install.md, run by a real systemd; prints a `word value` for each thing seen.
exec 2>&1
ip link set lo up
property() { systemctl show --value --property "$1" fleetmon; }
# waits for a command to succeed, at most 20 s
until_() {
    for _ in $(seq 200); do
        if "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.1
    done
    return 1
}
hear() { mosquitto_sub -h 127.0.0.1 -u reader -P reading -t "fleetmon/v1/lab/up/$1" -C 1 -W 20 >/dev/null && echo yes; }

cd /run/bridge/archive || exit 1
# as on a Debian without python3-venv; the file system is this trial's own
rm -rf /usr/lib/python3*/ensurepip /usr/share/python-wheels
python3 -c 'import ensurepip' 2>/dev/null || echo "ensurepip none"
./install.sh --python /usr/bin/python3 >/run/bridge/install.log 2>&1
echo "installed $?"

touch /tmp/users
mosquitto_passwd -b /tmp/users lab hunter2
mosquitto_passwd -b /tmp/users reader reading
printf 'listener 1883 127.0.0.1\nallow_anonymous false\npassword_file /tmp/users\nuser root\n' >/tmp/broker.conf
mosquitto -c /tmp/broker.conf >/dev/null 2>&1 &

install -d -m 700 /etc/credstore
printf 'hunter2\n' >/etc/credstore/fleetmon.mqtt.password
printf 'office\n' >/etc/credstore/fleetmon.snmp.community
chmod 600 /etc/credstore/*
cp /run/bridge/machine.snmprec /etc/fleetmon/
cat >/etc/fleetmon/fleetmon.toml <<'SETTINGS'
[site]
id = "lab"
[mqtt]
url = "mqtt://127.0.0.1"
username = "lab"
password = { credential = "mqtt.password" }
heartbeat = "1s"
[snmp.profile.office]
community = { credential = "snmp.community" }
[[machine]]
id = "prn1"
source = { url = "walk:machine.snmprec", interval = "1s" }
[[machine]]
id = "prn2"
source = { url = "snmp://127.0.0.1:9", profile = "office", interval = "1s" }
SETTINGS
chgrp fleetmon /etc/fleetmon/machine.snmprec
chmod 640 /etc/fleetmon/machine.snmprec
fleetmon check >/run/bridge/check.log 2>&1
echo "checked $?"

# the unit's own 30 s would only make this longer
mkdir -p /etc/systemd/system/fleetmon.service.d
printf '[Service]\nWatchdogSec=3\nRestartSec=1\n' >/etc/systemd/system/fleetmon.service.d/quick.conf
systemctl daemon-reload
systemctl enable --now --quiet fleetmon
echo "started $?"
echo "published $(hear state/prn1)"
first=$(property MainPID)
echo "user $(stat -c %U /proc/"$first")"
echo "capabilities $(sed -n 's/^CapEff:\t//p' /proc/"$first"/status)"
echo "state-mode $(stat -c %a /var/lib/fleetmon)"
fleetmon status >/run/bridge/status.log 2>&1
echo "asked $(grep -q 'lab: 2 machines' /run/bridge/status.log && echo yes)"

printf '[[machine]]\nid = "prn3"\nsource = { url = "walk:machine.snmprec", interval = "1s" }\n' >/etc/fleetmon/machines.d/prn3.toml
chmod 644 /etc/fleetmon/machines.d/prn3.toml
systemctl reload fleetmon
echo "reloaded $(hear state/prn3)"
sleep 4
echo "still-the-same $([ "$(property MainPID)" = "$first" ] && echo yes)"

restarted() { [ "$(property NRestarts)" -ge "$1" ] && systemctl --quiet is-active fleetmon; }
kill -9 "$first"
until_ restarted 1
echo "after-kill $(systemctl is-active fleetmon)"
kill -STOP "$(property MainPID)"
until_ restarted 2
echo "after-standstill $(systemctl is-active fleetmon) $(property NRestarts)"

echo nonsense >>/etc/fleetmon/fleetmon.toml
systemctl restart fleetmon
sleep 3
echo "bad-settings $(systemctl is-active fleetmon) $(property ExecMainStatus) $(property NRestarts)"
sed -i '$d' /etc/fleetmon/fleetmon.toml

systemctl start fleetmon
before=$(property MainPID)
echo another >>README.md
sed -i "s|^.*  README.md|$(sha256sum README.md)|" SHA256SUMS
./install.sh --upgrade --python /usr/bin/python3 >>/run/bridge/install.log 2>&1
echo "upgraded $? $(systemctl is-active fleetmon) $([ "$(property MainPID)" != "$before" ] && echo new)"
echo "settings-kept $(grep -c prn2 /etc/fleetmon/fleetmon.toml)"
systemctl stop fleetmon
echo "stopped $(property Result)"

systemctl enable --now --quiet fleetmon-traps.socket
systemctl start fleetmon
echo "traps $(ss --no-header --listening --udp --processes 'sport = :162' | grep -o '"fleetmon"' | head -1)"
/opt/fleetmon/install.sh --uninstall --purge >>/run/bridge/install.log 2>&1
echo "removed $? $(ls -d /opt/fleetmon /etc/fleetmon /var/lib/fleetmon 2>/dev/null)"
echo "user-gone $(id fleetmon >/dev/null 2>&1 || echo yes)"
journalctl -u fleetmon >/run/bridge/journal.log 2>&1
