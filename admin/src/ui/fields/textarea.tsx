import { Textarea as KitField, type TextareaProps } from '@mantine/core';
import { freshField } from './fresh-field';

export const Textarea = freshField<HTMLTextAreaElement, TextareaProps>(KitField);
