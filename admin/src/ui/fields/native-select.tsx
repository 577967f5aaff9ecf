import { NativeSelect as KitField, type NativeSelectProps } from '@mantine/core';
import { freshField } from './fresh-field';

export const NativeSelect = freshField<HTMLSelectElement, NativeSelectProps>(KitField);
