export interface FootprintResult {
  readonly x: number;
}
export const benchFootprint = async (_directory: string, _quick: boolean): Promise<FootprintResult[]> => [];
export const printFootprint = (_: readonly FootprintResult[]): string => "";
