set -eu
umask 077
mkdir -p /tmp/login
printf '%s:%s\n' "$MQTT_USERNAME" "$MQTT_PASSWORD" > /tmp/login/passwords
mosquitto_passwd -U /tmp/login/passwords
