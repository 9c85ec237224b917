/* The words of a module's table (declare.h) mean nothing again. */
#undef RESULT
#undef OP
#undef ASK
#undef FACT
#undef PART
#undef ROW
#undef RECORD
#undef ASPECT
#undef F
#undef R
#undef END
