/** Stands in for react-style-singleton: the Content-Security-Policy takes no <style> that a script makes.
 *  What it would add, locking the page's scroll below a dialog, is in styles.css. */
const Nothing = () => null;

export const styleSingleton = () => Nothing;
export const stylesheetSingleton = () => ({ add: () => undefined, remove: () => undefined });
export const styleHookSingleton = () => () => undefined;
