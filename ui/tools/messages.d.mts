export function messagesOfCode(): string[];
export function textsOutside(): string[];
export function isolated(message: string): string;
export function byId(language: string, catalogue: Record<string, string>): Record<string, string>;
