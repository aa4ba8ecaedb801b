// A change of something on the box: what it makes stale is read again; what fails is said at the bottom, unless the
// caller shows it where it belongs.
import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { useErrorText } from "../ui/ErrorBox";
import { useToast } from "../ui/toast";

interface Options<In, Out> {
  run: (input: In) => Promise<Out>;
  // First parts of the keys of what is read again.
  stale: readonly string[];
  done?: (output: Out, input: In) => void;
  // The caller shows errors itself.
  isQuiet?: boolean;
}

export function useChange<In, Out>(options: Options<In, Out>): UseMutationResult<Out, Error, In> {
  const client = useQueryClient();
  const show = useToast();
  const text = useErrorText();
  return useMutation({
    mutationFn: options.run,
    onSuccess: async (output, input) => {
      options.done?.(output, input);
      await Promise.all(options.stale.map((key) => client.invalidateQueries({ queryKey: [key] })));
    },
    onError: (error) => {
      if (options.isQuiet) return;
      const { title, detail } = text(error);
      show({ text: detail === undefined ? title : `${title} ${detail}` });
    },
  });
}
