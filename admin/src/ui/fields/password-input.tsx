import { PasswordInput as KitField, type PasswordInputProps } from '@mantine/core';
import { freshField } from './fresh-field';

export const PasswordInput = freshField<HTMLInputElement, PasswordInputProps>(KitField);
