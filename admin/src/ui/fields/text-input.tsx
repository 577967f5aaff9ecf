import { TextInput as KitField, type TextInputProps } from '@mantine/core';
import { freshField } from './fresh-field';

export const TextInput = freshField<HTMLInputElement, TextInputProps>(KitField);
