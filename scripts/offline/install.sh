#!/bin/sh
# Installs fleetmon from this folder, without internet. Typed again, or typed in the folder of a newer version, it upgrades:
# settings and state stay, and the running version is replaced only when the new one is complete. See --help.
set -eu

usage() {
    cat <<'TEXT'
Usage: ./install.sh [OPTION]...

Installs fleetmon from this folder, or upgrades it. As root, without options: the program in /opt/fleetmon, the service
for systemd, settings in /etc/fleetmon. Settings and state that exist are never touched.

  --prefix DIR      the program's folder, instead of /opt/fleetmon
  --settings DIR    the settings' folder, instead of /etc/fleetmon; without systemd PREFIX/etc
  --no-systemd      only the program and example settings; works without being root
  --python PYTHON   the Python to use, instead of python3
  --destdir DIR     lay everything below DIR, as if that were /: for those who build packages or images
  --upgrade         refuse where nothing is installed yet
  --uninstall       remove program and service; settings and state stay
  --purge           with --uninstall: remove settings, state and the user as well
TEXT
}

say() { printf '%s\n' "$*"; }
die() {
    printf '%s\n' "$*" >&2
    exit 1
}

prefix=/opt/fleetmon settings='' destdir='' python=python3 systemd=yes action=install purge=no
while [ $# -gt 0 ]; do
    case $1 in
        --prefix | --settings | --python | --destdir)
            [ $# -ge 2 ] || die "$1 needs a value; see --help"
            case $1 in
                --prefix) prefix=$2 ;;
                --settings) settings=$2 ;;
                --python) python=$2 ;;
                --destdir) destdir=${2%/} ;;
            esac
            shift
            ;;
        --no-systemd) systemd=no ;;
        --upgrade) action=upgrade ;;
        --uninstall) action=uninstall ;;
        --purge) purge=yes ;;
        -h | --help) usage && exit 0 ;;
        *) die "unknown option $1; see --help" ;;
    esac
    shift
done
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
prefix=${prefix%/}
[ -n "$prefix" ] || die "--prefix / is no place for a program"
if [ -z "$settings" ]; then
    if [ $systemd = yes ]; then settings=/etc/fleetmon; else settings=$prefix/etc; fi
fi
case $settings in /*) ;; *) settings=$PWD/$settings ;; esac
[ $purge = no ] || [ $action = uninstall ] || die "--purge goes with --uninstall"

units=/usr/local/lib/systemd/system
if [ $systemd = yes ]; then state=/var/lib/fleetmon; else state=$prefix/state; fi
root=$destdir$prefix
# whether the systemd of this very computer is to be told
tell=no
if [ $systemd = yes ] && [ -z "$destdir" ] && [ -d /run/systemd/system ]; then tell=yes; fi

if [ $systemd = yes ] && [ -z "$destdir" ] && [ "$(id -u)" != 0 ]; then
    die "The service is installed by root: sudo ./install.sh. Only the program, for yourself: ./install.sh --no-systemd --prefix DIR"
fi

# --- removing ---------------------------------------------------------------------------------------------------------

uninstall() {
    if [ $purge = yes ]; then
        [ -e "$destdir$settings/fleetmon.toml" ] || die "$settings is not the folder of fleetmon's settings"
    else
        [ -L "$root/bin/fleetmon" ] || die "fleetmon is not installed in $prefix"
    fi
    if [ $tell = yes ]; then
        systemctl disable --now --quiet fleetmon-traps.socket fleetmon.service 2>/dev/null || true
    fi
    if [ $systemd = yes ]; then
        rm -f "$destdir$units/fleetmon.service" "$destdir$units/fleetmon-traps.socket" \
            "$destdir/usr/local/lib/sysusers.d/fleetmon.conf" "$destdir/usr/local/lib/tmpfiles.d/fleetmon.conf"
        if [ -L "$destdir/usr/local/bin/fleetmon" ]; then rm -f "$destdir/usr/local/bin/fleetmon"; fi
    fi
    if [ $tell = yes ]; then systemctl daemon-reload; fi
    rm -rf "$root/versions" "$root/bin/fleetmon" "$root/install.sh"
    rmdir "$root/bin" "$root" 2>/dev/null || true
    if [ $purge = no ]; then
        say "Removed. What you wrote and what it knew are still there: $settings, $state"
        return
    fi
    rm -rf "$destdir${settings:?}"
    if [ $systemd = yes ] || [ -e "$destdir$state/site.db" ]; then rm -rf "$destdir${state:?}"; fi
    rmdir "$root" 2>/dev/null || true
    if [ $tell = yes ]; then
        userdel fleetmon 2>/dev/null || true
        groupdel fleetmon 2>/dev/null || true
    fi
    say "Removed, with settings and state."
}

if [ $action = uninstall ]; then
    uninstall
    exit 0
fi

# --- looking before anything is changed -------------------------------------------------------------------------------

cd "$(dirname "$0")"
[ -f SHA256SUMS ] || die "This is not the unpacked archive: SHA256SUMS is missing. To remove fleetmon: $0 --uninstall"
sha256sum --quiet --strict --check SHA256SUMS >&2 || die "The archive is damaged or was changed. Nothing was installed: copy it again."
read -r wanted_python wanted_machine <BUILT-FOR

if [ $action = upgrade ] && [ ! -e "$root/bin/fleetmon" ]; then
    die "fleetmon is not installed in $prefix; without --upgrade it will be"
fi
command -v "$python" >/dev/null 2>&1 || die "There is no $python. Debian 12: apt-get install python3"
found_python=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
if [ "$found_python" != "$wanted_python" ]; then
    die "This archive is for Python $wanted_python (fleetmon needs 3.11 or newer), $python is $found_python.
Name another one (--python python$wanted_python) or build the archive on a computer like this one (make offline)."
fi
if [ "$(uname -m)" != "$wanted_machine" ]; then
    die "This archive is for $wanted_machine, this computer is $(uname -m)."
fi
"$python" -c 'import venv' 2>/dev/null || die "$python cannot make virtual environments. Debian: apt-get install python3-venv"
real_python=$("$python" -c 'import os, sys; print(os.path.realpath(sys.executable))')
# what ProtectHome=yes of the service hides from it
for home in home root run/user; do
    case $systemd:$real_python in
        yes:/$home/*) die "$real_python lies in a home directory, which the service cannot see. Use the system's Python: --python /usr/bin/python3" ;;
    esac
done

# --- the program: each version in a folder of its own, and one link that says which is in use -----------------------------

version=$(sed -n 's/^fleetmon==\([^ ]*\) .*/\1/p' requirements.txt)
name=$version-$(sha256sum SHA256SUMS | cut -c1-8)
new=$root/versions/$name
current=$(readlink "$root/bin/fleetmon" 2>/dev/null | sed 's|^../versions/||; s|/.*||') || current=''

umask 022
if [ ! -f "$new/.complete" ]; then
    say "Installing fleetmon $version in $prefix"
    rm -rf "$new"
    mkdir -p "$root/versions" "$root/bin"
    # pip comes with the archive, so that Debian's python3-venv need not be there
    "$python" -m venv --without-pip "$new"
    env -u PYTHONPATH -u PYTHONHOME PYTHONPATH="$(echo "$PWD"/pip/pip-*.whl)" PIP_CONFIG_FILE=/dev/null \
        "$new/bin/python" -m pip --disable-pip-version-check --no-input --quiet install \
        --no-index --no-deps --only-binary :all: --require-hashes --no-cache-dir --root-user-action ignore \
        --find-links wheels --requirement requirements.txt
    "$new/bin/fleetmon" drivers list >/dev/null || die "The new version does not start. What was installed before is as it was."
    if [ -n "$destdir" ]; then
        # the scripts name their Python by the place it will have
        grep -rIlF "$root" "$new/bin" "$new/pyvenv.cfg" | while read -r file; do sed -i "s|$root|$prefix|g" "$file"; done
    fi
    touch "$new/.complete"
fi
ln -sfn "../versions/$name/bin/fleetmon" "$root/bin/.fleetmon.new"
mv -T "$root/bin/.fleetmon.new" "$root/bin/fleetmon"
cp install.sh "$root/install.sh"
# the one before stays, to go back to
for old in "$root"/versions/*; do
    case ${old##*/} in "$name" | "$current") ;; *) rm -rf "$old" ;; esac
done

# --- settings and service -----------------------------------------------------------------------------------------------

user() { # the user, the group and the folders, as sysusers.d and tmpfiles.d describe them
    if command -v systemd-sysusers >/dev/null 2>&1; then
        systemd-sysusers "$destdir/usr/local/lib/sysusers.d/fleetmon.conf"
        return
    fi
    getent group dialout >/dev/null || groupadd --system dialout
    getent passwd fleetmon >/dev/null ||
        useradd --system --user-group --home-dir $state --shell /usr/sbin/nologin --comment "fleetmon daemon" fleetmon
}

own() { # give to root and the daemon's group, if there is one here
    if [ $systemd = yes ] && [ -z "$destdir" ]; then chown root:fleetmon "$@"; fi
}

service() {
    mkdir -p "$destdir$units" "$destdir/usr/local/lib/sysusers.d" "$destdir/usr/local/lib/tmpfiles.d" "$destdir/usr/local/bin"
    for unit in fleetmon.service fleetmon-traps.socket; do
        sed "s|/opt/fleetmon/|$prefix/|g; s|/etc/fleetmon/|$settings/|g" "systemd/$unit" >"$destdir$units/$unit"
    done
    cp systemd/sysusers.d/fleetmon.conf "$destdir/usr/local/lib/sysusers.d/"
    sed "s|/etc/fleetmon|$settings|g" systemd/tmpfiles.d/fleetmon.conf >"$destdir/usr/local/lib/tmpfiles.d/fleetmon.conf"
    if [ ! -e "$destdir/usr/local/bin/fleetmon" ]; then ln -s "$prefix/bin/fleetmon" "$destdir/usr/local/bin/fleetmon"; fi
    if [ -z "$destdir" ]; then user; fi
}

if [ $systemd = yes ]; then service; fi

etc=$destdir$settings
mkdir -p "$etc/machines.d" "$etc/drivers"
[ $systemd = no ] || chmod 750 "$etc" "$etc/machines.d" "$etc/drivers"
cp config/*.example.* "$etc/"
if [ ! -e "$etc/fleetmon.toml" ]; then
    cp config/fleetmon.minimal.toml "$etc/fleetmon.toml"
    fresh=yes
else
    fresh=no
fi
if [ $fresh = yes ]; then
    chmod 640 "$etc/fleetmon.toml"
    own "$etc/fleetmon.toml"
fi
chmod 640 "$etc"/*.example.*
own "$etc" "$etc/machines.d" "$etc/drivers" "$etc"/*.example.*

# --- what is next -------------------------------------------------------------------------------------------------------

say "$("$new/bin/python" -c 'import fleetmon; print("fleetmon", fleetmon.__version__)') is installed: $prefix/bin/fleetmon"
if [ $tell = yes ]; then
    systemctl daemon-reload
    if systemctl --quiet is-active fleetmon.service; then
        say "Restarting the service"
        systemctl restart fleetmon.service || die "It does not start: journalctl -u fleetmon. Back to the version before:
    ln -sfn ../versions/$current/bin/fleetmon $prefix/bin/fleetmon && systemctl restart fleetmon"
    fi
fi
if [ $fresh = yes ]; then
    say "Next: describe the office in $settings/fleetmon.toml (fleetmon.example.toml beside it shows everything), then"
    say "    $prefix/bin/fleetmon check --settings $settings/fleetmon.toml"
    if [ $systemd = yes ]; then
        say "    systemctl enable --now fleetmon"
    else
        say "    $prefix/bin/fleetmon run --settings $settings/fleetmon.toml --state $state"
    fi
fi
