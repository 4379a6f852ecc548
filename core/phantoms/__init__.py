"""Phantoms: drawn radiographs, valid as DICOM and marked SYNTHETIC, for a worklist that is still empty."""
