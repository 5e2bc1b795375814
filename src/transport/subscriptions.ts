import type { Logger } from "../log/logger.ts";
import { plainFilter, topicMatches } from "../protocol/topics.ts";
import type { Delivery } from "../runtime/ports/transport.ts";
import { type Link, type LinkSubscription, SubscriptionRefused } from "./link.ts";

export interface Subscription extends LinkSubscription {
  /** Only on the connection of one whose client id was taken. */
  whenTakenOver: boolean;
  onDelivery(delivery: Delivery): void;
}

interface Entry extends Subscription {
  granted: PromiseWithResolvers<void>;
  /** Nothing new is asked for; what the broker has for it already is delivered still. */
  over: boolean;
}

/** What this client wants to read, over all its connections. */
export function openSubscriptions(log: Logger) {
  const all: Entry[] = [];

  const request = (link: Link, { granted, ...subscription }: Entry): void => {
    link.subscribe(subscription).then(granted.resolve, (error) => {
      // Any other error means that the connection was lost: the next one subscribes again.
      if (!(error instanceof SubscriptionRefused)) return;
      log.error({ error }, "the broker refuses a subscription");
      granted.reject(error);
    });
  };

  return {
    /** Asks at once if there is a link. Resolves when the broker granted it, on this connection or a later one. */
    add(subscription: Subscription, link: Link | undefined): Promise<void> {
      const added = { ...subscription, granted: Promise.withResolvers<void>(), over: false };
      all.push(added);
      if (link && !subscription.whenTakenOver) request(link, added);
      return added.granted.promise;
    },
    /** Asks for all of them on a new connection. */
    renew(link: Link, leaving: boolean): void {
      for (const subscription of all) {
        if (subscription.whenTakenOver === leaving && !subscription.over) request(link, subscription);
      }
    },
    /** Takes them back. */
    async end(filters: string[], link: Link | undefined): Promise<void> {
      for (const subscription of all) {
        if (subscription.filters.every((filter) => filters.includes(filter))) subscription.over = true;
      }
      await link?.unsubscribe(filters);
    },
    deliver(delivery: Delivery): void {
      const takers = all.filter(({ filters }) =>
        filters.some((filter) => topicMatches(plainFilter(filter), delivery.topic)),
      );
      if (takers.length === 0) delivery.ack(); // left over from a subscription of an earlier session
      for (const taker of takers) taker.onDelivery(delivery);
    },
  };
}
