# shellcheck shell=bash
# Strips need a device of the kernel, which the boot settings of a Raspberry Pi make: between two marks in config.txt.

BEGIN='# affetto: begin'
END='# affetto: end'

boot_settings() {
    local file
    for file in /boot/firmware/config.txt /boot/config.txt; do
        [ ! -e "$file" ] || { echo "$file" && return; }
    done
}

# A Pi 5 shapes a WS2812's pulses in its kernel (newer than 6.12.55); other boards do it by SPI.
kernel_drives_strips() {
    local overlays
    overlays=$(dirname "$(boot_settings)")/overlays
    [[ $(board) == "Raspberry Pi 5"* || $(board) == "Raspberry Pi 500"* || $(board) == "Raspberry Pi Compute Module 5"* ]] &&
        [ -e "$overlays/ws2812-pio.dtbo" ] && dpkg --compare-versions "$(uname -r)" gt 6.12.55
}

# Sets led_driver, what Affetto's settings call it, and led_lines, what config.txt gets; from --led and the board.
choose_lights() {
    led_driver=$led led_lines=
    case $led in
    ws2812)
        if kernel_drives_strips; then
            led_driver=leds0
            led_lines="dtoverlay=ws2812-pio,gpio=18,num_leds=$led_count"
        else
            led_lines=dtparam=spi=on
            # there the SPI clock follows the core's, and with it the pulses
            case $(board) in *"Pi 3"* | *"Pi Zero 2"*) led_lines+=$'\ncore_freq=250' ;; esac
        fi
        ;;
    apa102) led_lines=dtparam=spi=on ;;
    leds0) led_lines="dtoverlay=ws2812-pio,gpio=18,num_leds=$led_count" ;;
    pwm | none | '') ;;
    *) fail "--led $led: choose ws2812, apa102, leds0, pwm or none" ;;
    esac
}

set_up_lights() {
    local file
    [ -n "$led" ] || return 0
    file=$(boot_settings)
    if [ -n "$led_lines" ] && [ -z "$file" ]; then
        say "this is no Raspberry Pi: switch the lights' device on yourself ($(tr '\n' ' ' <<<"$led_lines"))"
    elif [ -n "$file" ]; then
        local before=$changes
        put "$file" "$(stat -c %04a "$file")" root:root < <(
            without_ours "$file"
            [ -z "$led_lines" ] || printf '%s\n[all]\n%s\n%s\n' "$BEGIN" "$led_lines" "$END"
        )
        [ "$changes" = "$before" ] || say "the lights' device is there after the next start: sudo reboot"
    fi
    if [ -e "$SETTINGS" ] && ! grep -q "^driver = \"$led_driver\"" "$SETTINGS"; then
        say "settings are kept: set led.driver to \"$led_driver\" on the page"
    fi
}

without_ours() { sed "/^$BEGIN\$/,/^$END\$/d" "$1"; }

remove_lights() {
    local file
    file=$(boot_settings)
    [ -n "$file" ] && grep -q "^$BEGIN\$" "$file" || return 0
    put "$file" "$(stat -c %04a "$file")" root:root < <(without_ours "$file")
}
