# `sanfang rules compose`: the table of the demo and every pack make one
# table that is right; a pack's rule takes the place of one of the same id.
function(run expected)
        execute_process(COMMAND ${SANFANG} rules ${ARGN}
                OUTPUT_VARIABLE out ERROR_VARIABLE why RESULT_VARIABLE rc)
        if(NOT rc EQUAL ${expected})
                message(FATAL_ERROR "rules ${ARGN}: ${rc}\n${out}${why}")
        endif()
        set(out "${out}" PARENT_SCOPE)
        set(why "${why}" PARENT_SCOPE)
endfunction()

function(wants text what)
        if(NOT text MATCHES "${what}")
                message(FATAL_ERROR "no \"${what}\" in:\n${text}")
        endif()
endfunction()

run(0 compose --name all --version 7 ${RULES}/guangdong.json ${PACKS})
wants("${why}" "river-older.json: river-level takes the place of one before")
file(WRITE ${OUT} "${out}")
run(0 check ${OUT})
wants("${out}" "table all, version 7")
wants("${out}" "guangdong v[0-9]+ [+] ")
wants("${out}" "blue   >= WRZ")

# What was composed composes to itself.
run(0 compose --name all --version 7 --text again ${OUT})
file(WRITE ${OUT}.again "${out}")
run(0 compose --name all --version 7 --text again ${OUT}.again)
file(READ ${OUT}.again once)
if(NOT once STREQUAL out)
        message(FATAL_ERROR "composed twice it is another table")
endif()

run(0 compose --name few --without wind-gust --without wind-mean
        ${RULES}/guangdong.json)
if(out MATCHES "wind-")
        message(FATAL_ERROR "a rule that was left out is there")
endif()
run(1 compose --name few --without no-such ${RULES}/guangdong.json)
wants("${why}" "no file has that rule")
run(2 compose ${RULES}/guangdong.json)
