/** The subset of JSON Schema that the field rules use. */
export interface Rules {
  type?: string;
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  anyOf?: Rules[];
}

export interface FieldRules extends Rules {
  required: boolean;
}
