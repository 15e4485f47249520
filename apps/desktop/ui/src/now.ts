import { useEffect, useState } from "preact/hooks";

/** Whether anybody can see the window. */
export function useVisible(): boolean {
  const [visible, setVisible] = useState(document.visibilityState === "visible");
  useEffect(() => {
    const look = () => setVisible(document.visibilityState === "visible");
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return visible;
}

/**
 * The time, Unix time in milliseconds, anew every so many milliseconds. No timer runs while
 * nobody can see the window, nor with `every` null.
 */
export function useNow(every: number | null): number {
  const visible = useVisible();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!visible || every === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [visible, every]);
  return now;
}
