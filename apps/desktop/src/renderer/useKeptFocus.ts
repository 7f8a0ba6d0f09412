import { type RefObject, useEffect, useRef } from 'react';

/** Where the keyboard was, in terms that outlive the control itself. */
interface Trail {
  element: Element;
  /** The control that its panel came from (`data-from` there, `data-return` here). */
  from: string | null;
  jobKey: string | null;
  cardIndex: number;
}

/**
 * Keeps the keyboard inside: where what had it goes away (a question that is answered, a card that is dismissed), it goes
 * to the control that the panel came from, else to the same card, to the one that took its place, or to the first control.
 */
export function useKeptFocus<E extends HTMLElement>(shown: boolean): RefObject<E | null> {
  const ref = useRef<E>(null);
  useEffect(() => {
    const inside = ref.current;
    if (!shown || inside === null) return;
    let trail: Trail | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onFocus = ({ target }: FocusEvent): void => {
      if (target instanceof Element) trail = trailOf(inside, target);
    };
    const restore = (): void => {
      timer = undefined;
      const isLost = document.activeElement === null || document.activeElement === document.body;
      if (isLost && trail !== null && !trail.element.isConnected) heirOf(inside, trail)?.focus();
    };
    // After whatever else gives the keyboard to something new.
    const observer = new MutationObserver(() => {
      timer ??= setTimeout(restore, 0);
    });
    inside.addEventListener('focusin', onFocus);
    observer.observe(inside, { childList: true, subtree: true });
    return () => {
      inside.removeEventListener('focusin', onFocus);
      observer.disconnect();
      clearTimeout(timer);
    };
  }, [shown]);
  return ref;
}

function trailOf(inside: HTMLElement, element: Element): Trail {
  const card = element.closest<HTMLElement>('.card');
  return {
    element,
    from: element.closest<HTMLElement>('[data-from]')?.dataset['from'] ?? null,
    jobKey: card?.dataset['jobKey'] ?? null,
    cardIndex: card === null ? 0 : cardsIn(inside).indexOf(card),
  };
}

function heirOf(inside: HTMLElement, { from, jobKey, cardIndex }: Trail): HTMLElement | undefined {
  const cards = cardsIn(inside);
  const candidates = [
    from === null ? null : inside.querySelector<HTMLElement>(`[data-return="${CSS.escape(from)}"]`),
    cards.find((card) => jobKey !== null && card.dataset['jobKey'] === jobKey),
    cards[Math.min(cardIndex, cards.length - 1)],
    inside.querySelector<HTMLElement>('button, input'),
  ];
  return candidates.find((candidate) => candidate != null) ?? undefined;
}

/** The cards, in the order in which the arrow keys go through them. */
export function cardsIn(element: HTMLElement): HTMLElement[] {
  return [...element.querySelectorAll<HTMLElement>('.card')];
}
