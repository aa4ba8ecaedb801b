// Short messages at the bottom, with an undo where there is one. They stay while the pointer or the focus is on them.
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Toast, ToastContext } from "./toast";
import classes from "./ui.module.css";

// Long enough to read, decide and reach the button.
const SHOWN_FOR = 12_000;
const MOST = 3;

interface Shown extends Toast {
  id: number;
}

let lastId = 0;

function Entry({ toast, close }: { toast: Shown; close: (id: number) => void }) {
  const { t } = useTranslation();
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return undefined;
    const timer = setTimeout(() => {
      close(toast.id);
    }, SHOWN_FOR);
    return () => {
      clearTimeout(timer);
    };
  }, [held, toast.id, close]);
  const hold = (value: boolean) => () => {
    setHeld(value);
  };
  const { action } = toast;
  return (
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- holding is a help, not a function
    <div className={classes.toast} onMouseEnter={hold(true)} onMouseLeave={hold(false)} onFocus={hold(true)} onBlur={hold(false)}>
      <span>{toast.text}</span>
      {action && (
        <button
          type="button"
          onClick={() => {
            close(toast.id);
            action.run();
          }}
        >
          {action.label}
        </button>
      )}
      <button
        type="button"
        aria-label={t("action.close")}
        onClick={() => {
          close(toast.id);
        }}
      >
        ✕
      </button>
    </div>
  );
}

export function Toasts({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<Shown[]>([]);
  const show = useCallback((toast: Toast) => {
    lastId += 1;
    const id = lastId;
    setShown((before) => [...before, { ...toast, id }].slice(-MOST));
  }, []);
  const close = useCallback((id: number) => {
    setShown((before) => before.filter((toast) => toast.id !== id));
  }, []);
  return (
    <ToastContext value={show}>
      {children}
      <div className={classes.toasts} role="status" aria-live="polite">
        {shown.map((toast) => (
          <Entry key={toast.id} toast={toast} close={close} />
        ))}
      </div>
    </ToastContext>
  );
}
