import { useMutation as useLibraryMutation, type UseMutationOptions } from "@tanstack/react-query";
import { useRef } from "react";

/**
 * The library's useMutation, but with the newest mutationFn. The library takes a new
 * function only after the browser has painted. If Enter follows the last key at once,
 * it would run the function of the render before that key and send the old value.
 */
export function useMutation<Data = unknown, Variables = void>(options: UseMutationOptions<Data, Error, Variables>) {
  const newest = useRef(options.mutationFn);
  newest.current = options.mutationFn;
  return useLibraryMutation<Data, Error, Variables>({ ...options, mutationFn: (variables, context) => newest.current!(variables, context) });
}
