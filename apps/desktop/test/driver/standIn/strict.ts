// What the stand-in does not implement must fail loudly, never read as undefined.

/** Names that JavaScript itself asks for. */
const ASKED_BY_LANGUAGE = new Set(['then', 'toJSON', 'constructor', '_maxListeners', 'domain']);

/** The object, except that reading a property which it does not have throws. */
export function strict<T extends object>(name: string, target: T): T {
  return new Proxy(target, {
    get(object, property, receiver) {
      if (typeof property === 'symbol' || ASKED_BY_LANGUAGE.has(property) || Reflect.has(object, property)) {
        return Reflect.get(object, property, receiver);
      }
      throw new Error(
        `The stand-in for Electron has no ${name}.${property}: add it there if the app needs it.`,
      );
    },
  });
}

/** The properties `K` of Electron's own `T`: what a stand-in says that it implements is checked against these. */
export type Surface<T, K extends keyof T> = { [P in K]: T[P] };

/** An event as Electron hands it to a listener that may prevent the default. */
export interface StandInEvent {
  defaultPrevented: boolean;
  preventDefault(): void;
}

export function makeEvent<T extends object>(extra: T): T & StandInEvent {
  return {
    ...extra,
    defaultPrevented: false,
    preventDefault() {
      this.defaultPrevented = true;
    },
  };
}
