import { MAX_MESSAGE_BYTES } from "../protocol/envelope.ts";

/** Deliveries that a broker may have on the way, unacknowledged (MQTT 5's receive maximum). */
export const RECEIVE_MAXIMUM = 128;

/** As many of the largest messages: what a broker may send that keeps to the receive maximum. */
export const MAX_HELD_BYTES = RECEIVE_MAXIMUM * MAX_MESSAGE_BYTES;

/** Publications on their way to the broker at a time. */
export const OUTBOX_WINDOW = 64;
