// The context of the short messages at the bottom; <Toasts> shows them.
import { createContext, useContext } from "react";

export interface Toast {
  text: string;
  action?: { label: string; run: () => void };
}

export const ToastContext = createContext<(toast: Toast) => void>(() => undefined);

export function useToast(): (toast: Toast) => void {
  return useContext(ToastContext);
}
